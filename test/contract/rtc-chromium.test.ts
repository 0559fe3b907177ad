import { browserContract } from './rtc-browser.ts';

browserContract('Chromium');
