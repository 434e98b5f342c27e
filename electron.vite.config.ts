import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'electron-vite'

const root = import.meta.dirname

/** Entry names with their sources; a source that is not there is said by name, before anything is built. */
function inputs(sources: Record<string, string>): Record<string, string> {
  const absolute = Object.entries(sources).map(([name, source]) => [name, resolve(root, source)] as const)
  const absent = absolute.filter(([, source]) => !existsSync(source))
  if (absent.length > 0) {
    const list = absent.map(([name, source]) => `${relative(root, source)} (entry "${name}")`)
    throw new Error(`cannot build, these sources are not there: ${list.join(', ')}`)
  }
  return Object.fromEntries(absolute)
}

export default defineConfig({
  main: {
    build: {
      target: 'node24',
      sourcemap: true,
      minify: false,
      // Everything is bundled: one file read is several times faster than resolving zod's hundred, `sluicegate-nginx`
      // is started for every test of a driver, and the packed program needs no node_modules.
      externalizeDeps: false,
      rolldownOptions: {
        input: inputs({
          index: 'src/main/index.ts',
          'host-entry': 'src/main/host-entry.ts',
          cli: 'src/cli/index.ts',
          nginx: 'src/cli/nginx.ts',
        }),
        // Optional native parts of ws: it asks for them in a try, and goes on without.
        external: ['bufferutil', 'utf-8-validate'],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      target: 'node24',
      sourcemap: true,
      minify: false,
      externalizeDeps: false,
      rolldownOptions: {
        input: inputs({ index: 'src/preload/index.ts' }),
        // A sandboxed preload is CommonJS, and one file.
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'src/renderer'),
    plugins: [vue(), tailwindcss()],
    build: {
      // Also read by Firefox and Safari, through `serve`.
      target: 'es2023',
      sourcemap: true,
      minify: true,
      // For `default-src 'self'`: no inline script, nothing as data: URL.
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      rolldownOptions: { input: inputs({ index: 'src/renderer/index.html' }) },
    },
  },
})
