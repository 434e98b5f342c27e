import js from '@eslint/js'
import { defineConfig, globalIgnores } from 'eslint/config'
import prettier from 'eslint-config-prettier'
import vue from 'eslint-plugin-vue'
import ts from 'typescript-eslint'

// Which room may import which is not said here: build/rooms.cjs holds that table.
export default defineConfig(
  globalIgnores(['out', 'release', 'test-results', 'coverage']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  ts.configs.recommendedTypeChecked,
  vue.configs['flat/recommended'],
  {
    languageOptions: {
      parserOptions: {
        project: [
          './build/tsconfig/node.json',
          './build/tsconfig/electron.json',
          './build/tsconfig/renderer-tests.json',
          './build/tsconfig/e2e.json',
        ],
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.vue'],
      },
    },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // A function that answers a promise because its type does need not await anything.
      '@typescript-eslint/require-await': 'off',
      // Interfaces here are written in the short form, and their members are closures: no `this` to lose.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.vue'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      // What is shown here was captured from the network: it is text, never markup.
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      // An optional prop is undefined by its type.
      'vue/require-default-prop': 'off',
      // The frame and the controls are called what they are: App, Button, Table.
      'vue/multi-word-component-names': 'off',
    },
  },
  // The compiler knows which names exist in which room; ESLint's own list does not.
  { files: ['**/*.{ts,vue,js,mjs,cjs}'], rules: { 'no-undef': 'off' } },
  {
    // Vitest types its matchers (`expect.stringContaining`) as any, and they stand in every expected value.
    files: ['**/*.test.ts', 'e2e/**'],
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    // Plain JavaScript (what runs before anything is built) has its types in JSDoc, whose casts ESLint does not see;
    // tsc checks them.
    files: ['**/*.{js,mjs}'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    // Configuration of tools, outside every TypeScript project.
    files: ['eslint.config.js', '**/*.cjs'],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: { parserOptions: { project: false } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // Scripts of the page of the demo: read by a browser, checked by being run there.
    files: ['resources/demo/web/**'],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: { parserOptions: { project: false } },
  },
  prettier,
)
