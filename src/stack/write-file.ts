/** Puts a file in place at once: who reads it finds the old text or the new one, never half of it. */
import { rename, writeFile } from 'node:fs/promises'

export async function writeWhole(file: string, text: string, mode = 0o600): Promise<void> {
  await writeFile(`${file}.new`, text, { mode })
  await rename(`${file}.new`, file)
}
