/** ngx_http_ssi_module: https://nginx.org/en/docs/http/ngx_http_ssi_module.html */
import { httpLevels, httpLevelsAndIf, moduleTable } from '../directive.ts'
import { flag, size, texts } from '../syntaxes.ts'

const { directive } = moduleTable('http_ssi')

export const ssiDirectives = {
  ssi: directive('ssi', {
    contexts: httpLevelsAndIf,
    syntax: flag,
    default: false,
    doc: 'Whether commands in pages are carried out: <!--#include … -->.',
  }),
  ssiSilentErrors: directive('ssi_silent_errors', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether a wrong command leaves no message in the page.',
  }),
  ssiTypes: directive('ssi_types', {
    contexts: httpLevels,
    syntax: texts,
    default: ['text/html'],
    repeat: 'concat',
    doc: 'Media types whose commands are carried out.',
  }),
  ssiValueLength: directive('ssi_value_length', {
    contexts: httpLevels,
    syntax: size,
    default: 256,
    doc: "The longest value of a command's parameter.",
  }),
  ssiLastModified: directive('ssi_last_modified', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether Last-Modified stays.',
  }),
  ssiMinFileChunk: directive('ssi_min_file_chunk', {
    contexts: httpLevels,
    syntax: size,
    doc: 'Pieces from here on are sent by sendfile().',
    applied: 'export',
  }),
  ssiIgnoreRecycledBuffers: directive('ssi_ignore_recycled_buffers', {
    contexts: httpLevels,
    syntax: flag,
    doc: 'Whether buffers are held back.',
    applied: 'export',
  }),
}
