import { connectWerift } from '../../src/peer/werift/connection.ts';
import { rtcContract } from './rtc.ts';

rtcContract('werift', () => Promise.resolve(connectWerift));
