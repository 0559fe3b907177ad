import { defineConfig, type Plugin } from 'vite';
import { VERSION } from './src/version.ts';

/**
 * Vite wraps every `import()` into the loading of styles and further scripts, which those of the page have none of: without
 * it they are what they say.
 */
const plainImports: Plugin = {
  name: 'plain-imports',
  enforce: 'pre',
  load: {
    filter: { id: /^\0vite\/preload-helper\.js$/ },
    handler: () => 'export const __vitePreload = (load) => load();',
  },
};

/** The page, as files that the daemon serves under a strict CSP: nothing inline, nothing from anywhere else. */
export default defineConfig({
  root: 'src/web',
  base: '/',
  publicDir: false,
  define: { SNAP_SHARE_VERSION: JSON.stringify(VERSION) },
  plugins: [plainImports],
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
