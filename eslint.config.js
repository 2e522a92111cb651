import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const LIBRARY = ['src/**/*.ts', 'decorators/**/*.ts'];

/** Syntax that vanishes when the types are erased, and names that can be searched for. */
const NOT_HERE = [
  { selector: 'TSEnumDeclaration', message: 'No enums: a union of strings, or an object `as const`.' },
  { selector: 'TSModuleDeclaration[kind!="global"]', message: 'No namespaces: a module is one.' },
  { selector: 'TSParameterProperty', message: 'No parameter properties: declare the field and assign it.' },
];
const NO_DEFAULT = { selector: 'ExportDefaultDeclaration', message: 'No default exports: give it a name.' };

const SIZE = { skipBlankLines: true, skipComments: true };

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'test/types/mistakes/', 'bench/**/*.mjs', '.ci/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // What an author threw, or gave a signal as its reason, is passed on as it is.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      // A method may be async for its signature's sake, and a step's generator need not await.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': ['error', ...NOT_HERE],
    },
  },
  {
    files: LIBRARY,
    rules: {
      'no-console': 'error',
      'no-restricted-syntax': ['error', ...NOT_HERE, NO_DEFAULT],
      'max-lines': ['error', { max: 250, ...SIZE }],
      'max-lines-per-function': ['error', { max: 40, ...SIZE }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Tests throw, reject and return whatever an author's code might.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      // expect(spy.method) and the like.
      '@typescript-eslint/unbound-method': 'off',
      // Matchers such as expect.any() are `any` by type.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
);
