import { defineConfig } from 'vite';
import { VERSION } from './src/version.ts';

/** The page, as files that the daemon serves under a strict CSP: nothing inline, nothing from anywhere else. */
export default defineConfig({
  root: 'src/web',
  base: '/',
  publicDir: false,
  define: { SNAP_SHARE_VERSION: JSON.stringify(VERSION) },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // Inline `data:` files would need a wider CSP.
    assetsInlineLimit: 0,
    modulePreload: false,
  },
});
