import { chromium, type Browser as Chromium } from 'playwright-core';
import { launch, type Browser as Firefox } from 'puppeteer-core';

/** A running browser that shows one page at a time. */
export interface Browser {
  /** Shows the page at this address, in a tab of its own. */
  open(url: string): Promise<void>;
  close(): Promise<void>;
}

/** Leads to this machine in every browser here, and is not `localhost`: a page of it is on an insecure origin. */
export const INSECURE_HOST = 'snap.test';

export type PageHost = '127.0.0.1' | typeof INSECURE_HOST;

export const BROWSERS = {
  Chromium: () => startChromium().then(showing),
  Firefox: () => startFirefox().then(showing),
} as const;

export type BrowserName = keyof typeof BROWSERS;

/** Debian's Chromium, without any conversation of its own with the internet. */
export function startChromium(args: readonly string[] = [], executablePath = '/usr/bin/chromium'): Promise<Chromium> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
      ...args,
    ],
  });
}

/** Debian's Firefox ESR, which only speaks WebDriver BiDi. `prefs` as in about:config. */
export function startFirefox(prefs: Readonly<Record<string, boolean | number>> = {}): Promise<Firefox> {
  return launch({
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
      ...prefs,
    },
  });
}

function showing(browser: Chromium | Firefox): Browser {
  return {
    open: async (url) => {
      const page = await browser.newPage();
      await page.goto(url);
    },
    close: () => browser.close(),
  };
}
