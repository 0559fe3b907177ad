// What keeps a relay busy, whatever it speaks: pairs of clients, one sending to the other, with a bounded number of messages
// on their way. Those are made beforehand and only counted when they arrive: the server shall be what is measured.
import { once } from 'node:events';

export const PAIRS = 8;

const SDP_BYTES = 2_000;
const CANDIDATE = 'a=candidate:3013953624 1 udp 2130706431 192.168.178.23 49152 typ host generation 0\r\n';

/** A session description is little else than candidates. */
export const sdp = CANDIDATE.repeat(SDP_BYTES / CANDIDATE.length);

/**
 * Relays so many messages to warm up, says so, and once it is told to go as many as are measured. Of each pair it needs
 * `send`, and `onArrival` to be called back for each message.
 */
export async function keepBusy(pairs, messagesOnTheirWay, warmUp, measured) {
  let unsent = 0;
  let missing = 0;
  let onDone = () => {};
  for (const { send, onArrival } of pairs)
    onArrival(() => {
      missing -= 1;
      if (unsent > 0) {
        unsent -= 1;
        send();
      } else if (missing === 0) onDone();
    });
  const relay = (count) => {
    missing = count;
    unsent = count - pairs.length * messagesOnTheirWay;
    return new Promise((resolve) => {
      onDone = resolve;
      for (const { send } of pairs) for (let n = 0; n < messagesOnTheirWay; n += 1) send();
    });
  };
  await relay(warmUp);
  console.log(JSON.stringify({ event: 'warm' }));
  await once(process.stdin, 'data');
  const startedAt = performance.now();
  await relay(measured);
  console.log(JSON.stringify({ event: 'relayed', ms: performance.now() - startedAt }));
}
