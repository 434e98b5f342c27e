/** A configuration from the text of one file, without its includes. */
import type { Problem } from '../../../base/problem.ts'
import type { Config } from '../../../config/model.ts'
import { importNginx } from '../../../nginx/import.ts'

/** `config` is absent while the text is not one yet. */
export function readText(text: string): { readonly config?: Config; readonly problems: readonly Problem[] } {
  const { config, problems } = importNginx([{ name: 'nginx.conf', text }], 'nginx.conf')
  // An include of a file that is not here is kept as it is, and nothing to be told of here.
  const shown = problems.map(({ path: _path, file: _file, ...problem }) => problem)
  return shown.some((problem) => problem.severity === 'error')
    ? { problems: shown }
    : { config, problems: shown }
}
