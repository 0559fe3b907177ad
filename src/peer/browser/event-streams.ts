import { systemClock } from '../clock.ts';
import { eventStreamSockets } from '../event-stream-socket.ts';
import { browserHttp } from './http.ts';

/** Events and POST in a page: a part that is loaded late (late-event-streams.ts). */
export const openBrowserEventStream = eventStreamSockets(browserHttp, systemClock);
