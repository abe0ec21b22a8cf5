/** Version of this build, put in by Vite. */
declare const __APP_VERSION__: string

/** Puts its classes into the place of the browser's; its own types are not exported. */
declare module 'fake-indexeddb/auto'
