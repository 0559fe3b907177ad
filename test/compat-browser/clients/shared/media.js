'use strict';

/** Enough to know that pictures keep coming. */
const FRAMES = 5;

/** Plays what comes in; resolves once pictures are shown and sound, which is not silence, is heard. */
async function seeAndHear(connection, stream) {
  const video = document.createElement('video');
  video.srcObject = stream;
  await video.play();
  while (!(await isPlaying(connection, video)))
    await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  video.srcObject = null;
}

async function isPlaying(connection, video) {
  const inbound = [...(await connection.getStats()).values()].filter(({ type }) => type === 'inbound-rtp');
  const { totalAudioEnergy = 0 } = inbound.find(({ kind }) => kind === 'audio') ?? {};
  const { framesDecoded = 0 } = inbound.find(({ kind }) => kind === 'video') ?? {};
  const { totalVideoFrames } = video.getVideoPlaybackQuality();
  return totalVideoFrames > FRAMES && framesDecoded > FRAMES && totalAudioEnergy > 0;
}
