/** ngx_http_addition_module: https://nginx.org/en/docs/http/ngx_http_addition_module.html */
import { httpLevels, moduleTable } from '../directive.ts'
import { text, texts } from '../syntaxes.ts'

const { directive } = moduleTable('http_addition')

export const additionDirectives = {
  addBeforeBody: directive('add_before_body', {
    contexts: httpLevels,
    syntax: text,
    doc: 'A URI whose answer stands in front of the body.',
  }),
  addAfterBody: directive('add_after_body', {
    contexts: httpLevels,
    syntax: text,
    doc: 'A URI whose answer stands behind the body.',
  }),
  additionTypes: directive('addition_types', {
    contexts: httpLevels,
    syntax: texts,
    default: ['text/html'],
    repeat: 'concat',
    doc: 'Media types that texts are added to.',
  }),
}
