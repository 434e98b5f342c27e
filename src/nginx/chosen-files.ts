/** The files an import was given, looked up as nginx would look them up on its disk. */
import { isGlob, matchGlob } from './glob.ts'
import type { ReadFiles, SourceFile } from './includes.ts'

/**
 * Looks among the chosen files. Where no file has the complete name, one whose path is the end of it
 * stands for it: `/etc/nginx/mime.types` is found in a chosen `mime.types`, `/etc/nginx/conf.d/*.conf`
 * in `conf.d/a.conf`.
 */
export function amongFiles(files: readonly SourceFile[]): ReadFiles {
  return (pattern, from) => {
    const glob = isGlob(pattern)
    const means = (wanted: string, name: string): boolean =>
      glob ? matchGlob(wanted, name) : wanted === name
    const exact = files.filter((file) => means(pattern, file.name))
    if (exact.length > 0) return exact
    return files.filter(({ name }) => {
      const depth = name.split('/').length
      // A bare `*` would mean every file that was chosen.
      if (name === from || (glob && depth < 2)) return false
      return means(pattern.split('/').slice(-depth).join('/'), name)
    })
  }
}
