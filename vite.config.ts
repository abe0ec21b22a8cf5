import { createHash } from 'node:crypto'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { defineConfig, type Plugin } from 'vite'
import vue from '@vitejs/plugin-vue'
import subsetFont from 'subset-font'
import { VitePWA } from 'vite-plugin-pwa'

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }

/** Where this build goes. */
let folder = 'dist'

/**
 * The hash of every file that the worker keeps: it takes no other bytes for it, whatever a portal or a host that is half
 * replaced may answer, and can fetch a file again that got lost (UPDATE-3).
 */
const integrityOf = (url: string) =>
  `sha256-${createHash('sha256')
    .update(readFileSync(join(folder, url)))
    .digest('base64')}`

/** Writes .br and .gz beside every text file of the build, worker included, so that no server compresses at run time. */
function precompress(): Plugin {
  const texts = new Set(['.html', '.js', '.css', '.svg', '.json', '.webmanifest', '.wasm'])
  return {
    name: 'notanker:precompress',
    apply: 'build',
    enforce: 'post',
    configResolved: ({ build }) => void (folder = build.outDir),
    closeBundle: {
      order: 'post',
      sequential: true,
      handler() {
        for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
          if (!entry.isFile() || !texts.has(extname(entry.name))) continue
          const file = join(entry.parentPath, entry.name)
          const bytes = readFileSync(file)
          const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
          writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }))
          writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }))
        }
      },
    },
  }
}

/** Every character of the typeface's Latin files: letters, punctuation, arrows and signs. */
const LATIN = String.fromCodePoint(...Array.from({ length: 0x2200 }, (_, i) => 0x20 + i))
const FONTS = '@fontsource/fira-sans/files'

/** The typeface without its hints for coarse screens, a third of its bytes: phones do not use them. */
function withoutHints(): Plugin {
  return {
    name: 'notanker:fonts',
    async config() {
      const [from, to] = [`node_modules/${FONTS}`, resolve('node_modules/.cache/notanker/fonts')]
      mkdirSync(to, { recursive: true })
      for (const weight of [400, 500, 600]) {
        const name = `fira-sans-latin-${weight}-normal.woff2`
        const options = { targetFormat: 'woff2', noHinting: true } as const
        writeFileSync(join(to, name), await subsetFont(readFileSync(join(from, name)), LATIN, options))
      }
      return { resolve: { alias: { [FONTS]: to } } }
    },
  }
}

/** The named characters that people write in a text; the two thousand others of HTML stay as they are written. */
const ENTITIES = `
const names = { __proto__: null, amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\\u00a0', shy: '\\u00ad', auml: 'ä', ouml: 'ö', uuml: 'ü',
  Auml: 'Ä', Ouml: 'Ö', Uuml: 'Ü', szlig: 'ß', eacute: 'é', egrave: 'è', euro: '€', sect: '§', deg: '°', copy: '©', reg: '®',
  ndash: '–', mdash: '—', hellip: '…', bdquo: '„', ldquo: '“', rdquo: '”', laquo: '«', raquo: '»', rarr: '→', times: '×', middot: '·' }
export const decodeHTMLStrict = (text) => text.replace(/&(\\w+);/g, (all, name) => names[name] ?? all)
`

/** Parts of libraries that the app never calls, and that would have to be loaded all the same. */
const LEFT_OUT = [
  // Rooms that are encrypted are not read yet: the SDK's cryptography, 8 MB of WebAssembly.
  {
    by: '/matrix-js-sdk/',
    what: /\/rust-crypto\/index(\.\w+)?$/,
    instead: "export const initRustCrypto = () => Promise.reject(new Error('built without it'))",
  },
  { by: '/markdown-it/', what: /^entities$/, instead: ENTITIES },
  // Nothing in a playbook becomes a link by itself (`linkify: false`).
  { by: '/markdown-it/', what: /^linkify-it$/, instead: 'export class LinkifyIt {}' },
]

function withoutWhatIsNotUsed(): Plugin {
  const name = (index: number) => `\0left-out-${index}`
  return {
    name: 'notanker:left-out',
    enforce: 'pre',
    resolveId(source, importer) {
      const index = LEFT_OUT.findIndex(({ by, what }) => importer?.includes(by) && what.test(source))
      return index < 0 ? null : name(index)
    },
    load: (id) => LEFT_OUT.find((_, index) => id === name(index))?.instead ?? null,
  }
}

export default defineConfig({
  define: {
    __APP_VERSION__: JSON.stringify(version),
    __VUE_OPTIONS_API__: false,
    __VUE_I18N_LEGACY_API__: false,
    __VUE_I18N_FULL_INSTALL__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
  },
  plugins: [
    vue(),
    withoutWhatIsNotUsed(),
    withoutHints(),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src/sw',
      filename: 'sw.ts',
      injectRegister: false,
      registerType: 'prompt',
      // Only what the app itself shows: the system fetches the manifest's icons when it installs.
      includeManifestIcons: false,
      injectManifest: {
        // Everything that a first screen needs. The Matrix SDK and its parts come after the first paint, but before
        // the first failure: they are precached too, or the app could not change sites without the web host.
        globPatterns: ['**/*.{html,js,css,svg,png,woff2}'],
        globIgnores: [
          // A storage in memory, for browsers that deny any: they keep no files either.
          'assets/auto-*.js',
          'icons/*-512.png',
          'icons/apple-touch-*',
          'pages.css',
          'screens/**',
          'imprint.html',
          'privacy.html',
          'accessibility.html',
        ],
        maximumFileSizeToCacheInBytes: 3_000_000,
        manifestTransforms: [
          (files) => ({ manifest: files.map((file) => ({ ...file, integrity: integrityOf(file.url) })) }),
        ],
      },
      manifest: {
        id: '/',
        name: 'Notanker',
        short_name: 'Notanker',
        description: 'Die Krisen-App Ihrer Behörde: klingelt, sagt, was zu tun ist, und läuft weiter.',
        lang: 'de',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        theme_color: '#0d1f5c',
        background_color: '#ffffff',
        launch_handler: { client_mode: 'focus-existing' },
        icons: [
          { src: '/icons/icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: '/icons/icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: '/icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
    }),
    precompress(),
  ],
  // What the design system's own files still write in an older way is for its makers to mend.
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
  build: {
    // Bytes are weighed by `npm run size`, part by part.
    chunkSizeWarningLimit: 1000,
    target: ['chrome119', 'firefox124', 'safari17.4'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    manifest: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // A few files compress better than eighty. Whoever leads needs all of that; other screens only what they share.
          groups: [
            { name: 'shell', tags: ['$initial'], priority: 2 },
            { name: 'shared', test: /src\/(?!app\/(screens|components)\/lead\/)/, minShareCount: 2, priority: 1 },
            { name: 'lead', test: /src\/app\/(screens|components)\/lead\// },
          ],
        },
      },
    },
  },
  server: { port: 5173, strictPort: true },
})
