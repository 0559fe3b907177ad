import type { RtcCandidate, RtcConfig, RtcConnection, RtcStage } from '../../src/peer/rtc.ts';

/**
 * What a test and its page say to one another over their WebSocket: JSON, and for each data channel message a binary frame
 * that begins with the number of its connection (4 bytes).
 */
export type ToPage =
  | { readonly do: 'test'; readonly id: number; readonly name: string }
  | { readonly do: 'connect'; readonly link: number; readonly config: RtcConfig }
  | { readonly do: 'candidate'; readonly link: number; readonly candidate: RtcCandidate }
  | {
      readonly do: 'call';
      readonly id: number;
      readonly link: number;
      readonly call: RemoteCall;
      readonly sdp: string;
    };

/** What of a connection answers later. */
export type RemoteCall = Extract<
  keyof RtcConnection,
  'offer' | 'answer' | 'acceptAnswer' | 'rollback' | 'route' | 'close'
>;

export type FromPage =
  | { readonly say: 'done'; readonly id: number; readonly value?: string }
  | { readonly say: 'failed'; readonly id: number; readonly code?: string; readonly text: string }
  /** Something went wrong that belongs to no request. */
  | { readonly say: 'fault'; readonly text: string }
  | ({
      readonly say: 'event';
      readonly link: number;
      readonly bufferedBytes: number;
      readonly maxMessageBytes: number;
    } & (
      | { readonly on: 'candidate'; readonly candidate: RtcCandidate }
      | { readonly on: 'stage'; readonly stage: RtcStage }
      | { readonly on: 'negotiation' | 'drain' }
      | { readonly on: 'closed'; readonly code: string; readonly text: string }
    ));

const LINK_BYTES = 4;

export function packMessage(link: number, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(LINK_BYTES + message.length);
  new DataView(frame.buffer).setUint32(0, link);
  frame.set(message, LINK_BYTES);
  return frame;
}

/** The message is a copy. */
export function unpackMessage(frame: Uint8Array): { link: number; message: Uint8Array<ArrayBuffer> } {
  const bytes = new Uint8Array(frame);
  return { link: new DataView(bytes.buffer).getUint32(0), message: bytes.slice(LINK_BYTES) };
}
