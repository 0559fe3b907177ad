import { systemClock } from '../../src/peer/clock.ts';
import { rtcContract } from '../contract/rtc.ts';
import { FakeNetwork } from './fake-rtc.ts';

const network = new FakeNetwork(systemClock);
rtcContract('the fake', () => Promise.resolve(network.connectAs('anybody')));
