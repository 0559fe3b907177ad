import type { JSX } from 'preact';
import { BrokenLink } from './broken-link.tsx';
import { Home } from './home.tsx';
import { JoinGate } from './join-gate.tsx';
import { NoSecret } from './no-secret.tsx';
import { address, session } from './page-state.ts';
import { RoomPage } from './room-page.tsx';
import { WallPage } from './wall-page.tsx';

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
