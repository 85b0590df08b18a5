import tseslint from 'typescript-eslint'

export default tseslint.config(
  // The tests of ci-chaos import the package by its name, as it is installed.
  {
    ignores: [
      'dist/',
      'node_modules/',
      '.hl/',
      'coverage/',
      'bin/',
      'examples/ci-chaos/tests/',
      'examples/ci-chaos/*.js',
      'examples/ci-chaos/vitest.config.ts',
      'scripts/',
      'test/integration/action/*.js',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
      '@typescript-eslint/no-confusing-void-expression': ['error', {ignoreArrowShorthand: true}],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      '@typescript-eslint/require-await': 'off',
      // Prettier breaks code, and leaves comments as they are.
      'max-len': ['error', {code: 10_000, comments: 120, ignoreUrls: true}],
    },
  },
  // Asymmetric matchers are any, and a helper's type parameter says what a caller expects in an answer.
  {
    files: ['test/**/*.ts', '**/*.test.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },
  {files: ['eslint.config.js'], ...tseslint.configs.disableTypeChecked},
)
