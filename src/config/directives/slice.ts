/** ngx_http_slice_module: https://nginx.org/en/docs/http/ngx_http_slice_module.html */
import { httpLevels, moduleTable } from '../directive.ts'
import { size } from '../syntaxes.ts'

const { directive } = moduleTable('http_slice')

export const sliceDirectives = {
  slice: directive('slice', {
    contexts: httpLevels,
    syntax: size,
    default: 0,
    doc: 'Bytes of the ranges that an answer is fetched in, where $slice_range is asked for; 0: it is fetched whole.',
  }),
}
