/** Keys of a terminal, or the same letters as lines on a pipe. */
import { createInterface } from 'node:readline'
import type { ReadStream } from 'node:tty'

const CTRL_C = '\u0003'

/**
 * Calls `onKey` with one letter each time. The end of a pipe is no key: a demo that was started with /dev/null as its
 * input goes on. Returns how to stop listening and give the terminal back.
 */
export function listenToKeys(input: ReadStream | NodeJS.ReadStream, onKey: (key: string) => void): () => void {
  if (!input.isTTY) {
    const lines = createInterface({ input })
    lines.on('line', (line) => line.trim() && onKey(line.trim()))
    return () => lines.close()
  }
  input.setRawMode(true)
  input.setEncoding('utf8')
  const onData = (text: string) => {
    // In raw mode Ctrl-C is a letter like any other.
    for (const key of text) onKey(key === CTRL_C ? 'q' : key)
  }
  input.on('data', onData)
  return () => {
    input.off('data', onData)
    input.setRawMode(false)
    input.pause()
  }
}
