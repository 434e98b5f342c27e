/** `try_files`: https://nginx.org/en/docs/http/ngx_http_core_module.html#try_files (ngx_http_try_files_module). */
import type { Exchange, Verdict } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'
import { filePath } from '../request/file-path.ts'
import { internalRedirect, namedLocation, setUri } from '../request/finalize.ts'
import { lookAt } from '../request/open-file.ts'
import { compileScript, type Script } from '../request/script.ts'
import { systemError } from '../request/system-error.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { Module } from './module.ts'

interface Tries {
  readonly files: readonly { readonly name: Script; readonly folder: boolean }[]
  readonly last: number | Script
}

export const tryFiles: Module = {
  name: 'try_files',
  handler({ fields }, { variables, problems }, path) {
    const names = fields.tryFiles
    if (!names) return undefined
    const tries = problems.try([...path, 'tryFiles'], () => compileTries(names, variables))
    return tries && [(x) => tryEach(x, tries)]
  },
}

function compileTries(names: readonly string[], variables: VariableTable): Tries {
  const last = names.at(-1) ?? ''
  return {
    files: names.slice(0, -1).map((name) => {
      const folder = name.endsWith('/')
      return { name: compileScript(folder ? name.slice(0, -1) : name, variables), folder }
    }),
    last: last.startsWith('=') ? Number(last.slice(1)) : compileScript(last, variables),
  }
}

function tryEach(x: Exchange, { files, last }: Tries): Verdict {
  const { alias } = x.settings
  for (const { name, folder } of files) {
    const place = filePath(x)
    if (!place) return 500
    const file = named(x, name)
    const path = place.root + file
    const found = lookAt(path)
    x.trial?.tell({
      step: 'try-file',
      path,
      folder,
      found: !('kind' in found) && found.isDirectory() === folder,
    })
    if ('kind' in found) {
      const { code } = found.error
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ENAMETOOLONG')
        logError(x, 'crit', `${found.call} "${path}" failed (${systemError(found.error)})`)
      continue
    }
    if (found.isDirectory() !== folder) continue
    if (alias === 'captures') {
      if (!folder) {
        setUri(x, file)
        x.addUriToAlias = true
      }
    } else setUri(x, x.uri.slice(0, alias ?? 0) + file)
    return 'declined'
  }
  if (typeof last === 'number') return last
  if (!filePath(x)) return 500
  goTo(x, named(x, last))
  return 'done'
}

// Below an alias, a name that begins with the location's prefix means what follows it.
function named(x: Exchange, script: Script): string {
  const { alias } = x.settings
  const name = script(x)
  const below = typeof alias === 'number' && script.constant === undefined
  return below && name.startsWith(x.uri.slice(0, alias)) ? name.slice(alias) : name
}

function goTo(x: Exchange, target: string): void {
  if (target.startsWith('@')) {
    namedLocation(x, target.slice(1))
    return
  }
  const question = target.indexOf('?')
  internalRedirect(
    x,
    question < 0 ? target : target.slice(0, question),
    question < 0 ? '' : target.slice(question + 1),
  )
}
