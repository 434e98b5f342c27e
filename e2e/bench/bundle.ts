/** What is measured is built as the product is (electron.vite.config.ts): from its sources Node would need 40 MiB more. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { build } from 'vite'

/** Builds one of this folder's programs, of any checkout, into a folder; says where it is. */
export async function bundle(checkout: string, program: string, folder: string): Promise<string> {
  const source = path.join(checkout, 'e2e/bench', `${program}.ts`)
  if (!existsSync(source)) throw new Error(`${source} is not there: ${checkout} is no checkout with a bench`)
  await build({
    configFile: false,
    root: checkout,
    logLevel: 'error',
    build: {
      ssr: source,
      outDir: folder,
      emptyOutDir: false,
      target: 'node24',
      minify: false,
      rolldownOptions: {
        external: ['bufferutil', 'utf-8-validate'],
        output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' },
      },
    },
    ssr: { noExternal: true },
  })
  return path.join(folder, `${program}.mjs`)
}
