/** What `nginx -T` prints: every file that was read, once, under its name. */
import type { SourceFile } from './includes.ts'

export function dump(files: readonly SourceFile[]): string {
  return files.map(({ name, text }) => `# configuration file ${name}:\n${text}\n`).join('')
}
