import type { JSX } from 'preact';
import { BrokenLink } from './broken-link.tsx';
import { Home } from './home.tsx';
import { JoinGate } from './join-gate.tsx';
import { late } from './late.tsx';
import { NoSecret } from './no-secret.tsx';
import { address, session } from './page-state.ts';
import { RoomPage } from './room-page.tsx';

const WallPage = late(() => import('./wall-page.tsx').then(({ WallPage }) => WallPage));

export function Page(): JSX.Element {
  switch (address.value.type) {
    case 'home':
      return <Home />;
    case 'broken':
      return <BrokenLink problem={address.value.problem} />;
    case 'room':
      return session.value === undefined ? (
        <NoSecret room={address.value.room} />
      ) : (
        <JoinGate
          key={location.href}
          session={session.value}
          view={address.value.wall === true ? WallPage : RoomPage}
        />
      );
  }
}
