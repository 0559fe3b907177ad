import { chromium } from 'playwright-core';
import { launch } from 'puppeteer-core';

/** A running browser that shows one page at a time. */
export interface Browser {
  /** Shows the page at this address, in a tab of its own. */
  open(url: string): Promise<void>;
  close(): Promise<void>;
}

/** Leads to this machine in every browser here, and is not `localhost`: a page of it is on an insecure origin. */
export const INSECURE_HOST = 'snap.test';

export type PageHost = '127.0.0.1' | typeof INSECURE_HOST;

export const BROWSERS = { Chromium: launchChromium, Firefox: launchFirefox } as const;

export type BrowserName = keyof typeof BROWSERS;

/** Debian's Chromium, without any conversation of its own with the internet. */
async function launchChromium(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
    ],
  });
  return {
    open: async (url) => {
      const page = await browser.newPage();
      await page.goto(url);
    },
    close: () => browser.close(),
  };
}

/** Debian's Firefox ESR, which only speaks WebDriver BiDi. */
async function launchFirefox(): Promise<Browser> {
  const browser = await launch({
    browser: 'firefox',
    protocol: 'webDriverBiDi',
    executablePath: '/usr/bin/firefox-esr',
    headless: true,
    extraPrefsFirefox: {
      // Names instead of addresses need multicast, which a container has not.
      'media.peerconnection.ice.obfuscate_host_addresses': false,
      // On a machine without a network two tabs meet over loopback, as terminals do.
      'media.peerconnection.ice.loopback': true,
      'network.dns.localDomains': INSECURE_HOST,
    },
  });
  return {
    open: async (url) => {
      const page = await browser.newPage();
      await page.goto(url);
    },
    close: () => browser.close(),
  };
}
