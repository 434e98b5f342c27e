/**
 * `npm run coverage`: every branch of the codec is taken by the tests beside it. A file is measured by `x.test.ts` alone,
 * so that no branch counts because some larger test came by (`covered-beside.ts`).
 */
import { defineConfig } from 'vitest/config'

/** What frames messages beside `wire`. */
const framing = [
  'listen/answer-head',
  'listen/http1-body',
  'listen/http2-answer',
  'listen/http2-client-settings',
  'listen/http2-ending',
  'listen/http2-head-in',
  'listen/http2-output',
  'listen/http2-patience',
  'listen/http2-receiving',
  'listen/http2-request',
  'listen/http2-sending',
  'listen/http2-start',
  'listen/http2-tunnel',
  'proxy/body-reader',
  'proxy/head-reader',
  'proxy/request-sender',
  'proxy/response-head',
  'request/silent-client',
]

export default defineConfig({
  test: {
    include: ['src/engine/wire/**/*.test.ts', ...framing.map((file) => `src/engine/${file}.test.ts`)],
    testTimeout: 15_000,
    maxWorkers: 2,
    coverage: {
      enabled: true,
      provider: 'custom',
      customProviderModule: './build/covered-beside.ts',
      include: ['src/engine/wire/**/*.ts', ...framing.map((file) => `src/engine/${file}.ts`)],
      exclude: ['**/*.test.ts'],
      reporter: [['text', { maxCols: 110, skipFull: true }], 'json'],
      thresholds: { perFile: true, branches: 100, 'src/engine/wire/**': { perFile: true, functions: 100 } },
      ignoreNode: (node, type) => type === 'branch' && isIndexWithDefault(node),
    },
  },
})

/** Constants of the codec that stand for nothing. */
const nothing = ['noName', 'headRefused']

/**
 * `list[i] ?? 0`: the compiler cannot know that an index is within a list (`noUncheckedIndexedAccess`), so each such
 * access says what stands for nothing. Where the loop around it keeps to the list, that side is never taken. Only
 * literals and `nothing`: whatever else is on the right side is a branch like any other.
 */
function isIndexWithDefault(node: unknown): boolean {
  const { type, operator, left, right } = node as Logical
  return (
    type === 'LogicalExpression' &&
    operator === '??' &&
    left?.type === 'MemberExpression' &&
    left.computed === true &&
    isNothing(right)
  )
}

function isNothing(node: Right | undefined): boolean {
  switch (node?.type) {
    case 'Literal':
      return true
    case 'UnaryExpression': // −1
      return node.argument?.type === 'Literal'
    default:
      return nothing.includes(node?.name ?? '')
  }
}

/** As much of a node of the syntax tree (ESTree) as is looked at. */
interface Logical {
  readonly type: string
  readonly operator?: string
  readonly left?: { readonly type: string; readonly computed?: boolean }
  readonly right?: Right
}

interface Right {
  readonly type: string
  readonly name?: string
  readonly argument?: { readonly type: string }
}
