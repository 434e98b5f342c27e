import { availableParallelism } from 'node:os'
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// What replaces a module (vi.mock) or counts everything that is alive needs a process of its own.
const alone = [
  'src/main/*.test.ts',
  'src/engine/proxy/connect.test.ts',
  'src/engine/proxy/kept-connection.test.ts',
  'src/engine/cycle/old-cycles.test.ts',
]
const nothingLeft = ['build/nothing-left.ts']

// Projects as the rooms are: what runs in Node, and the window under happy-dom. Files share their processes, which saves
// half of the time; `nothing-left` fails a file that leaves something behind. Tests that need a built program or a
// browser are e2e/**/*.spec.ts; the tools those are made of have tests here too.
export default defineConfig({
  test: {
    // 15 s: many tests open real sockets, and a laptop that builds at the same time is four times slower.
    testTimeout: 15_000,
    hookTimeout: 15_000,
    restoreMocks: true,
    unstubEnvs: true,
    unstubGlobals: true,
    // Mostly they wait for sockets and programs.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: ['src/**/*.test.ts', 'build/*.test.ts', 'e2e/**/*.test.ts'],
          exclude: ['src/renderer/**', ...alone],
          isolate: false,
          setupFiles: nothingLeft,
        },
      },
      { extends: true, test: { name: 'alone', environment: 'node', include: alone } },
      {
        extends: true,
        plugins: [vue()],
        test: {
          name: 'web',
          environment: 'happy-dom',
          include: ['src/renderer/**/*.test.ts'],
          isolate: false,
          setupFiles: nothingLeft,
        },
      },
    ],
  },
})
