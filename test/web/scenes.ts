import sharp from 'sharp';
import type { PhotoInput } from '../../src/peer/photo.ts';

/** Small landscapes, drawn here, for pages that are to be looked at: flat colours would hide how photos sit in them. */
const SCENES = { dusk, sea, forest } as const;

type Scene = keyof typeof SCENES;

const WIDTH = 960;
const HEIGHT = 720;

/** A JPEG, ready to be shared. `upright` is the same view from a phone held upright. */
export async function scene(name: Scene, upright = false): Promise<PhotoInput> {
  const drawn = sharp(Buffer.from(SCENES[name]()));
  const turned = upright ? drawn.extract({ left: 210, top: 0, width: 540, height: HEIGHT }) : drawn;
  const { data, info } = await turned.jpeg({ quality: 86 }).toBuffer({ resolveWithObject: true });
  return { bytes: data, mediaType: 'image/jpeg', width: info.width, height: info.height };
}

/** Hills behind hills, paler the farther they are, and a low sun. */
function dusk(): string {
  return svg(`
    ${gradient('sky', '#33406b', '#b8647a 45%', '#f3a76f 75%', '#fbd9a0')}
    ${glow('sun', '#fff3cf', '#ffc773')}
    <rect width="960" height="720" fill="url(#sky)"/>
    <g filter="url(#soft)" fill="#ffd9b0" opacity=".45">
      <ellipse cx="250" cy="205" rx="260" ry="12"/><ellipse cx="700" cy="150" rx="330" ry="9"/>
      <ellipse cx="560" cy="255" rx="210" ry="7"/>
    </g>
    <circle cx="640" cy="390" r="260" fill="url(#sun)"/>
    <circle cx="640" cy="390" r="40" fill="#fff6dd"/>
    ${ridge(430, 44, 3, '#c58181')}
    ${ridge(480, 58, 11, '#985f74')}
    ${ridge(545, 62, 23, '#653f5c')}
    ${ridge(615, 54, 37, '#3a2741')}
    ${ridge(680, 30, 53, '#1c1326')}`);
}

/** A moon, its way over the water, and a headland. */
function sea(): string {
  const random = seeded(7);
  const glints = Array.from({ length: 240 }, () => {
    const depth = random() ** 1.6;
    const y = 432 + depth * 280;
    const spread = 18 + depth * 120;
    const x = 330 + (random() + random() - 1) * spread;
    const width = (6 + 30 * depth) * (0.4 + random());
    return `<ellipse cx="${x.toFixed(0)}" cy="${y.toFixed(0)}" rx="${width.toFixed(0)}" ry="${(0.8 + 2 * depth).toFixed(1)}"/>`;
  });
  const stars = Array.from(
    { length: 90 },
    () =>
      `<circle cx="${(random() * 960).toFixed(0)}" cy="${(random() * 330).toFixed(0)}" r="${(0.5 + random()).toFixed(1)}"/>`,
  );
  return svg(`
    ${gradient('sky', '#0b1530', '#1f3a63 60%', '#5b7fa0')}
    ${gradient('water', '#4a6c8c', '#1d3a5a 30%', '#081527')}
    ${glow('halo', '#dfeaff', '#8fb0dd')}
    <rect width="960" height="430" fill="url(#sky)"/>
    <g fill="#fff" opacity=".7">${stars.join('')}</g>
    <circle cx="330" cy="170" r="230" fill="url(#halo)" opacity=".75"/>
    <circle cx="330" cy="170" r="44" fill="#fffbee"/>
    <rect y="428" width="960" height="292" fill="url(#water)"/>
    <g fill="#f4f1de" opacity=".6">${glints.join('')}</g>
    <path d="M960 372q-90-26-170 6-70 6-120 36l-60 16h350z" fill="#0a1222"/>
    <path d="M760 384v-46l8-8 8 8v46z" fill="#0a1222"/><circle cx="768" cy="336" r="3" fill="#ffd98a"/>`);
}

/** Firs in the morning mist, in four rows. */
function forest(): string {
  const random = seeded(29);
  const row = (base: number, height: number, step: number, colour: string): string => {
    const firs: string[] = [];
    for (let x = -step; x < 960 + step; x += step * (0.55 + random() * 0.7))
      firs.push(fir(x, base, height * (0.7 + random() * 0.6)));
    return `<path d="${firs.join('')}M-20 ${base - 8}H980V740H-20z" fill="${colour}"/>`;
  };
  const mist = (y: number): string =>
    `<ellipse cx="480" cy="${y}" rx="700" ry="60" fill="#e9f0e6" opacity=".5" filter="url(#soft)"/>`;
  return svg(`
    ${gradient('sky', '#9fb9bd', '#d8e2d2 50%', '#f4edd4')}
    ${glow('sun', '#fffbe6', '#fff2c4')}
    <rect width="960" height="720" fill="url(#sky)"/>
    <circle cx="700" cy="180" r="280" fill="url(#sun)"/>
    ${ridge(330, 40, 5, '#b5c9c2')}
    ${row(430, 110, 34, '#93ada3')}${mist(430)}
    ${row(510, 160, 52, '#64867a')}${mist(520)}
    ${row(610, 230, 84, '#355a4c')}${mist(640)}
    ${row(740, 330, 150, '#14332a')}`);
}

/** One outline of a tree: branches that get wider downwards. */
function fir(x: number, base: number, height: number): string {
  const tiers = 7;
  const side = (sign: number): string[] =>
    Array.from({ length: tiers }, (_, tier) => {
      const y = base - height * (1 - (tier + 1) / tiers);
      const half = height * 0.17 * ((tier + 1.2) / tiers);
      return [half, half * 0.5].map((out, index) => `${(x + sign * out).toFixed(1)} ${(y - 3 * index).toFixed(1)}`);
    }).flat();
  return `M${[`${x.toFixed(1)} ${(base - height).toFixed(1)}`, ...side(1), ...side(-1).toReversed()].join('L')}z`;
}

/** A line of hills around the height `y`. */
function ridge(y: number, swing: number, seed: number, colour: string): string {
  const random = seeded(seed);
  const waves = [1, 2, 4, 9, 21].map((pace) => ({
    pace: pace * (0.8 + random() * 0.4),
    at: random() * 7,
    part: 1 / pace ** 0.9,
  }));
  const points = Array.from({ length: 121 }, (_, index) => {
    const x = index * 8;
    const height = waves.reduce((sum, { pace, at, part }) => sum + part * Math.sin(at + (pace * x) / 150), 0);
    return `${x} ${(y - (swing / 2) * height).toFixed(1)}`;
  });
  return `<path d="M${points.join('L')}V720H0z" fill="${colour}"/>`;
}

function svg(content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
    <filter id="soft" x="-20%" y="-200%" width="140%" height="500%"><feGaussianBlur stdDeviation="14"/></filter>
    <filter id="grain"><feTurbulence type="fractalNoise" baseFrequency=".9" numOctaves="2" seed="4"/>
      <feColorMatrix values="0 0 0 0 .5  0 0 0 0 .5  0 0 0 0 .5  0 0 0 .28 0"/></filter>
    ${content}
    <rect width="${WIDTH}" height="${HEIGHT}" filter="url(#grain)" opacity=".35"/>
  </svg>`;
}

/** From top to bottom; a stop is a colour, and where it is unless that is clear. */
function gradient(id: string, ...stops: readonly string[]): string {
  const stop = (text: string, index: number): string => {
    const [colour = '', at = `${(100 * index) / (stops.length - 1)}%`] = text.split(' ');
    return `<stop offset="${at}" stop-color="${colour}"/>`;
  };
  return `<linearGradient id="${id}" x2="0" y2="1">${stops.map(stop).join('')}</linearGradient>`;
}

function glow(id: string, inside: string, outside: string): string {
  return `<radialGradient id="${id}"><stop stop-color="${inside}" stop-opacity=".9"/>
    <stop offset=".35" stop-color="${outside}" stop-opacity=".35"/><stop offset="1" stop-color="${outside}" stop-opacity="0"/></radialGradient>`;
}

/** The same picture each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}
