/** `ssi`: https://nginx.org/en/docs/http/ngx_http_ssi_module.html */
import type { FilterFactory } from '../filters.ts'
import { isBodyless } from '../request/finalize.ts'
import { compileMediaTypes } from '../request/media-types.ts'
import type { Getter } from '../request/variable-table.ts'
import { SsiPage } from '../ssi/page.ts'

export const ssi: FilterFactory = (fields, variables) => {
  if (!fields.ssi) return undefined
  const matches = compileMediaTypes(fields.ssiTypes, ['text/html'])
  const getters = new Map<string, Getter>()
  const settings = {
    silentErrors: fields.ssiSilentErrors ?? false,
    valueLength: fields.ssiValueLength ?? 256,
    variable: (x: Parameters<Getter>[0], name: string): string | undefined => {
      let getter = getters.get(name)
      if (!getter) getters.set(name, (getter = variables.find(name)))
      return getter(x)
    },
  }
  return (x, answer) => {
    if (answer.contentLength === 0 || !matches(answer)) return undefined
    answer.contentLength = -1
    answer.allowRanges = false
    answer.remove('accept-ranges')
    if (fields.ssiLastModified) answer.weakenEtag()
    else {
      answer.clearLastModified()
      answer.etag = undefined
      answer.remove('etag')
    }
    if (!isBodyless(x, answer)) answer.wrap((inner) => new SsiPage(x, inner, settings))
    return undefined
  }
}
