/** One module of ours as a script that a browser can load, built by the same tool as the app. */
import { build, type Rollup } from 'vite'

/** `entry`: from the repository's root. Its exports are exports of the script. */
export async function bundle(entry: string): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: 'warn',
    build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'bundle' } },
  })) as Rollup.RollupOutput[]
  return output[0]!.output[0].code
}
