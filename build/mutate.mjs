// `npm run mutate`: changes one comparison of the framing rules at a time and runs the tests beside it. Each change has
// to make a test fail; a mutant that lives is a rule that no test holds.
//   npm run mutate -- --only chunked     those of files whose name holds this
// The working tree stays as it is: mutants live in a copy.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {object} Mutant
 * @property {string} rule what would no longer hold
 * @property {string} file below src/engine
 * @property {string} from stands once in the file, or `at` says behind which text
 * @property {string} to
 * @property {string} [at]
 * @property {string} test below src/engine
 */

const request = { file: 'wire/request-framing.ts', test: 'wire/request-framing.test.ts' }
const response = { file: 'wire/response-framing.ts', test: 'wire/response-framing.test.ts' }
const chunked = { file: 'wire/chunked.ts', test: 'wire/chunked.test.ts' }
const reader = { file: 'wire/http2-reader.ts', test: 'wire/http2-reader.test.ts' }
const limits = { file: 'wire/head-limits.ts', test: 'wire/head-limits.test.ts' }
const hpack = { file: 'wire/hpack-decoder.ts', test: 'wire/hpack-decoder.test.ts' }

/** @type {Mutant[]} */
const mutants = [
  {
    ...request,
    rule: 'two lengths are refused',
    from: 'if (lengthAt >= 0) return',
    to: 'if (lengthAt > 0) return',
  },
  {
    ...request,
    rule: 'two codings are refused',
    from: 'if (codingAt >= 0) return',
    to: 'if (codingAt > 9) return',
  },
  {
    ...request,
    rule: 'two hosts are refused',
    from: 'if (hostAt >= 0) return',
    to: 'if (hostAt > 0) return',
  },
  { ...request, rule: 'HTTP/1.1 needs a host', from: 'else if (version > 10)', to: 'else if (version > 11)' },
  { ...request, rule: 'HTTP/1.0 has no coding', from: 'if (version < 11)', to: 'if (version < 10)' },
  {
    ...request,
    rule: 'a coding is chunked and no more',
    from: 'coding.length !== 7 ||',
    to: 'coding.length !== 7 &&',
  },
  {
    ...request,
    rule: 'a length beside a coding is refused',
    at: 'return refused(501, `client sent unknown',
    from: 'if (lengthAt >= 0) {',
    to: 'if (lengthAt > 9) {',
  },
  { ...request, rule: 'a length is digits', from: '!/^[0-9]+$/', to: '!/^[0-9]+/' },
  { ...request, rule: 'a length has 63 bits', from: '<= 9223372036854775807n', to: '< 9223372036854775807n' },
  {
    ...request,
    rule: 'a length that cannot be counted is refused',
    from: 'if (length > Number.MAX_SAFE_INTEGER)',
    to: 'if (length >= Number.MAX_SAFE_INTEGER)',
  },
  {
    ...request,
    rule: 'HTTP/1.1 keeps its connection',
    from: 'keepalive = version > 10',
    to: 'keepalive = version > 11',
  },
  {
    ...response,
    rule: 'two lengths are refused',
    from: 'if (contentLength >= 0) return { bad',
    to: 'if (contentLength > 0) return { bad',
  },
  {
    ...response,
    rule: 'a length behind a coding is refused',
    from: 'if (chunked) return bothFramings',
    to: 'if (!chunked) return bothFramings',
  },
  {
    ...response,
    rule: 'a coding behind a length is refused',
    from: 'if (contentLength >= 0) return bothFramings',
    to: 'if (contentLength > 0) return bothFramings',
  },
  {
    ...response,
    rule: 'a length of 0 is no body',
    from: 'if (contentLength > 0) return { body',
    to: 'if (contentLength >= 0) return { body',
  },
  { ...response, rule: '1xx has no body', from: 'status < 200 ||', to: 'status < 100 ||' },
  { ...response, rule: '204 has no body', from: 'status === 204', to: 'status === 205' },
  { ...response, rule: 'HTTP/1.0 keeps nothing', from: 'head.version > 10', to: 'head.version >= 10' },
  {
    ...chunked,
    rule: 'sizes that cannot be counted are refused',
    from: 'this.size > Number.MAX_SAFE_INTEGER',
    to: 'this.size >= 2 * Number.MAX_SAFE_INTEGER',
  },
  {
    ...chunked,
    rule: 'only the size 0 is the last',
    from: 'this.size === 0 ? trailer',
    to: 'this.size <= 1 ? trailer',
  },
  {
    ...chunked,
    rule: 'a chunk ends with its line end',
    at: 'case afterDataLf:',
    from: 'c === lf ?',
    to: 'c !== cr ?',
  },
  {
    ...chunked,
    rule: 'a size has a digit',
    from: 'if (digit < 0) return this.refuse(state)',
    to: 'if (digit < -1) return this.refuse(state)',
  },
  {
    ...limits,
    rule: 'a line as long as a buffer has room',
    from: 'if (length > limits.lineLimit)',
    to: 'if (length >= limits.lineLimit)',
  },
  { ...limits, rule: 'buffers are counted', from: 'buffers === 0', to: 'buffers < 0' },
  {
    ...reader,
    rule: 'padding leaves room for the length of padding',
    from: 'this.#padding >= size',
    to: 'this.#padding > size',
  },
  {
    ...reader,
    rule: 'a block goes on in its own stream',
    from: 'if (stream !== this.#stream)',
    to: 'if (stream < this.#stream)',
  },
  {
    file: 'wire/http2-small-frames.ts',
    test: 'wire/http2-small-frames.test.ts',
    rule: 'settings have six bytes each',
    from: 'length % settingSize !== 0',
    to: 'length % 1 !== 0',
  },
  {
    ...hpack,
    rule: 'a text ends in its block',
    from: 'if (after > blockEnd)',
    to: 'if (after > blockEnd + 9)',
  },
  { ...hpack, rule: 'a text keeps to its limit', from: 'if (length > limit)', to: 'if (length > limit + 1)' },
  { ...hpack, rule: 'a table keeps to its limit', from: 'this.#size > room', to: 'this.#size > room + 99' },
  {
    rule: 'a body over HTTP/2 is no longer than it said',
    file: 'listen/http2-receiving.ts',
    test: 'listen/http2-receiving.test.ts',
    from: 'this.#received > body.length',
    to: 'this.#received > body.length + 1',
  },
  {
    rule: 'a body over HTTP/2 is no shorter than it said',
    file: 'listen/http2-receiving.ts',
    test: 'listen/http2-receiving.test.ts',
    from: 'this.#received !== body.length',
    to: 'this.#received > body.length',
  },
]

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const copy = mkdtempSync(join(tmpdir(), 'mutants-'))
const env = { ...process.env, PATH: join(root, 'node_modules/.bin') + delimiter + process.env['PATH'] }
process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM']))
  process.on(signal, () => process.exit(1))

for (const name of ['src', 'package.json', 'tsconfig.json', 'build', 'vitest.config.ts'])
  cpSync(join(root, name), join(copy, name), { recursive: true })
symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))

const at = process.argv.indexOf('--only')
const only = at < 0 ? '' : (process.argv[at + 1] ?? '')
const chosen = mutants.filter(({ file }) => file.includes(only))
let killed = 0
for (const mutant of chosen) {
  const file = join(copy, 'src/engine', mutant.file)
  const text = readFileSync(file, 'utf8')
  const changed = mutate(text, mutant)
  let verdict = 'not applied: the text it changes is not there any more'
  if (changed !== undefined) {
    writeFileSync(file, changed)
    const dead = (await test(mutant.test)) !== 0
    writeFileSync(file, text)
    if (dead) killed++
    verdict = dead ? 'killed' : 'LIVES'
  }
  console.log(`${verdict.padEnd(7)} ${mutant.file.padEnd(26)} ${mutant.rule}`)
}
console.log(`${killed} passed, ${chosen.length - killed} failed, 0 skipped`)
process.exitCode = killed === chosen.length && killed > 0 ? 0 : 1

/**
 * @param {string} text
 * @param {Mutant} mutant
 */
function mutate(text, { from, to, at = '' }) {
  const behind = text.indexOf(at)
  const place = behind < 0 ? -1 : text.indexOf(from, behind)
  return place < 0 ? undefined : text.slice(0, place) + to + text.slice(place + from.length)
}

/**
 * Runs one test file of the copy; its exit code.
 * @param {string} file
 * @returns {Promise<number>}
 */
function test(file) {
  const args = ['run', '--project', 'node', '--bail', '1', '--reporter', 'dot', join('src/engine', file)]
  return new Promise((resolve) => {
    spawn('vitest', args, { cwd: copy, env, stdio: 'ignore' }).on('close', (code) => resolve(code ?? 1))
  })
}
