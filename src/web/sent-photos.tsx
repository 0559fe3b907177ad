import type { JSX } from 'preact';
import { Icon } from './icons.tsx';
import { canRetry, type Delivery, type RoomView } from './room-view.ts';

interface Props {
  readonly view: RoomView;
  readonly onRetry: (photo: string, peer: string) => void;
}

/** What we sent, and who has it. */
export function SentPhotos({ view, onRetry }: Props): JSX.Element | null {
  const { sent } = view;
  if (sent.length === 0) return null;
  return (
    <section class="sent" aria-labelledby="sent">
      <h2 id="sent">Sent by you</h2>
      <ul>
        {sent.map((photo) => (
          <li key={photo.url}>
            <img src={photo.url} width={photo.width} height={photo.height} alt="A photo of yours" />
            <div>
              {photo.deliveries.length === 0 && <p class="quiet">Goes to whoever comes.</p>}
              <ul class="deliveries">
                {photo.deliveries.map((delivery) => (
                  <li key={delivery.peer} class={delivery.state.type}>
                    <bdi>{delivery.name}</bdi> <span>{deliveryText(delivery)}</span>{' '}
                    {canRetry(view, delivery) && (
                      <button type="button" class="button small" onClick={() => onRetry(photo.photo, delivery.peer)}>
                        <Icon name="retry" />
                        Retry<span class="unseen"> for {delivery.name}</span>
                      </button>
                    )}
                  </li>
                ))}
              </ul>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function deliveryText({ state }: Delivery): string {
  switch (state.type) {
    case 'waiting':
      return 'waiting';
    case 'sending':
      return `${Math.round(100 * state.fraction)} %`;
    case 'delivered':
      return 'delivered ✓';
    case 'failed':
      return `not delivered: ${state.reason}`;
  }
}
