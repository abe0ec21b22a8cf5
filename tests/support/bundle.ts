/** One module of ours as a script that a browser can load, built by the same tool as the app. */
import { build, type Rollup } from 'vite'

/** `entry`: from the repository's root. Its exports are exports of the script. */
export async function bundle(entry: string): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: 'warn',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'bundle' } },
  })) as Rollup.RollupOutput[]
  return output[0]!.output[0].code
}

/** The service worker, with the given files to keep; in the app's build, vite-plugin-pwa fills them in. */
export async function bundleWorker(files: { url: string; revision: string }[]): Promise<string> {
  return (await bundle('src/sw/sw.ts')).replace('self.__WB_MANIFEST', JSON.stringify(files))
}
