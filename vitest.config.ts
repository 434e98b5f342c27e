import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// Two projects, as the rooms are: what runs in Node, and the window under happy-dom. Tests that need a built program
// or a browser are e2e/**/*.spec.ts; the tools those are made of have tests here too.
export default defineConfig({
  test: {
    // 15 s: many tests open real sockets, and a laptop that builds at the same time is four times slower.
    testTimeout: 15_000,
    hookTimeout: 15_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          environment: 'node',
          include: ['src/**/*.test.ts', 'build/*.test.ts', 'e2e/**/*.test.ts'],
          exclude: ['src/renderer/**'],
        },
      },
      {
        extends: true,
        plugins: [vue()],
        test: { name: 'web', environment: 'happy-dom', include: ['src/renderer/**/*.test.ts'] },
      },
    ],
  },
})
