/** A figure of a benchmark: what was measured several times, and how to read it. */

export interface Figure {
  /** The median. */
  value: number
  unit: string
  better: 'lower' | 'higher'
  min: number
  max: number
  /** How often it was measured. */
  n: number
  /** What it should be at most, or at least where higher is better. */
  aim?: number
}
export type Figures = Record<string, Figure>

const round = (value: number) => (Math.abs(value) < 10 ? Math.round(value * 1000) / 1000 : Math.round(value))

function median(sorted: readonly number[]): number {
  const middle = sorted.length / 2
  return sorted.length % 2 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Throws when nothing was measured. */
export function figure(values: readonly number[], of: Pick<Figure, 'unit' | 'aim'> & Partial<Figure>): Figure {
  if (!values.length || !values.every(Number.isFinite)) throw new Error('nothing was measured')
  const sorted = values.toSorted((a, b) => a - b)
  const [value, min, max] = [median(sorted), sorted[0]!, sorted.at(-1)!].map(round) as [number, number, number]
  return { better: 'lower', ...of, value, min, max, n: values.length }
}

/** Null where there is no aim. */
function isMet({ value, better, aim }: Figure): boolean | null {
  if (aim === undefined) return null
  return better === 'lower' ? value <= aim : value >= aim
}

/** One line for each figure, in columns. */
export function tableOf(figures: Figures): string {
  const rows = Object.entries(figures).map(([key, f]) => {
    const met = isMet(f)
    const aim = met === null ? '' : `aim ${f.better === 'lower' ? '≤' : '≥'} ${f.aim} ${met ? 'met' : 'MISSED'}`
    return [key, `${f.value} ${f.unit}`, `${f.min} … ${f.max}`, `n ${f.n}`, aim]
  })
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
