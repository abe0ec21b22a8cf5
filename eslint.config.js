import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import vue from 'eslint-plugin-vue'
import vueI18n from '@intlify/eslint-plugin-vue-i18n'
import accessibility from 'eslint-plugin-vuejs-accessibility'
import vueParser from 'vue-eslint-parser'
import importX from 'eslint-plugin-import-x'
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript'

/** Folder: what it may import besides itself. Everything else under src is forbidden, folders made later too. */
const may = {
  core: [],
  matrix: ['core'],
  platform: ['core'],
  app: ['core'],
  sw: ['core', 'platform'],
  server: ['core'],
  stack: ['core', 'server'],
}
const zone = (target, allowed, message) => ({ target, from: './src', except: allowed.map((f) => `./${f}`), message })
const zones = [
  ...Object.entries(may).map(([folder, allowed]) =>
    zone(`./src/${folder}`, [folder, ...allowed], `${folder} may import only ${allowed.join(', ') || 'itself'}`),
  ),
  zone('./src/main.ts', ['app', 'core', 'matrix', 'platform'], 'main.ts wires the page, nothing else'),
]

const types = { parser: tseslint.parser, projectService: true, extraFileExtensions: ['.vue'] }
const sdk = ['matrix-js-sdk', '@matrix-org/matrix-sdk-crypto-wasm']
const sdkPatterns = sdk.flatMap((s) => [s, `${s}/*`])
const sdkDynamic = sdk.map((s) => ({
  selector: `ImportExpression[source.value=/^${s.replaceAll('/', '\\u002F')}/]`,
  message: 'only src/matrix imports the SDK',
}))
/** Imports that `no-restricted-paths` does not see. */
const hidden = [
  { selector: 'ImportExpression[source.type!="Literal"]', message: 'what is imported is a plain string' },
  { selector: 'TSImportType', message: 'types are imported at the top' },
  {
    selector: 'CallExpression[callee.object.type="MetaProperty"] Literal[value=/\\.\\.|^\\u002F/]',
    message: 'a glob stays in its folder',
  },
]

/** Where texts are: `de/<part>.json`, `en/<part>.json`. */
const i18n = {
  localeDir: {
    pattern: './src/app/locales/*/*.json',
    localePattern: /^.*\/(?<locale>de|en)\/.*\.json$/,
    localeKey: 'path',
  },
  messageSyntaxVersion: '^11.0.0',
}

export default defineConfig(
  { ignores: ['dist', 'node_modules', '.demo', 'test-results', 'screens'] },
  // The lint of texts would read every JSON and YAML file as a list of texts.
  { ignores: ['*.json', '**/tsconfig*.json', 'plan'] },
  { settings: { 'vue-i18n': i18n } },
  ...vue.configs['flat/recommended'],
  ...vueI18n.configs.recommended,
  ...accessibility.configs['flat/recommended'],
  {
    files: ['src/**/*.ts', 'src/**/*.vue', 'tests/**/*.ts'],
    plugins: { 'import-x': importX, '@typescript-eslint': tseslint.plugin },
    languageOptions: { parser: tseslint.parser, parserOptions: types },
    settings: {
      'import-x/resolver-next': [createTypeScriptImportResolver({ alwaysTryTypes: true })],
      'import-x/extensions': ['.ts', '.vue'],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'], 'vue-eslint-parser': ['.vue'] },
    },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      'import-x/no-cycle': 'error',
      'import-x/no-restricted-paths': ['error', { zones }],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-restricted-imports': ['error', { patterns: sdkPatterns }],
      'no-restricted-syntax': ['error', ...hidden, ...sdkDynamic],
    },
  },
  {
    files: ['src/**/*.vue'],
    languageOptions: { parser: vueParser, parserOptions: { parser: tseslint.parser, ...types } },
    rules: {
      'vue/no-v-html': 'error',
      'vue/multi-word-component-names': 'off',
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-indent': 'off',
      'vue/html-closing-bracket-newline': 'off',
      'vue/multiline-html-element-content-newline': 'off',
      'vue/first-attribute-linebreak': 'off',
      'vue/attributes-order': 'off',
      'vue/require-default-prop': 'off',
      '@intlify/vue-i18n/no-raw-text': ['error', { ignorePattern: '^[-–·…()/:.,#&%+×112 ]+$' }],
      '@intlify/vue-i18n/no-missing-keys': 'error',
      // One control per label is enough for browsers and screen readers alike.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  {
    files: ['src/app/locales/*/*.json'],
    rules: {
      '@intlify/vue-i18n/no-unused-keys': [
        'error',
        // Other texts link to these, which the rule does not see.
        { extensions: ['.vue', '.ts'], src: './src/app', ignores: ['/^common\\.(kept|saved|saved_here)$/'] },
      ],
    },
  },
  {
    files: ['src/core/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'time comes in as an argument' },
        { object: 'Math', property: 'random', message: 'randomness comes in as an argument' },
      ],
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(?!valibot$|\\.)', message: 'core uses valibot and itself' }] },
      ],
      'no-restricted-syntax': [
        'error',
        ...hidden,
        { selector: 'ImportExpression', message: 'core loads nothing later' },
      ],
    },
  },
  { files: ['src/matrix/**'], rules: { 'no-restricted-imports': 'off', 'no-restricted-syntax': ['error', ...hidden] } },
)
