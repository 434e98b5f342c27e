/** Columns of parts as rectangles: in hundredths of the chart's height. */

export interface BarColumn {
  /** When it began; milliseconds since 1970. */
  readonly at: number
  /** One number a series, the lowest part last. */
  readonly values: readonly number[]
}

export interface BarSeries {
  readonly name: string
  /** A token: `--ok`. */
  readonly colour: string
}

export interface BarPart {
  readonly series: number
  readonly bottom: number
  readonly top: number
}

/** `share`: each column is full; otherwise the largest is. A part that is there is never thinner than one hundredth. */
export function stackColumns(
  columns: readonly BarColumn[],
  series: number,
  share: boolean,
): readonly (readonly BarPart[])[] {
  const totals = columns.map(({ values }) => values.reduce((sum, value) => sum + value, 0))
  const highest = Math.max(1, ...totals)
  return columns.map(({ values }, index) => {
    const whole = share ? (totals[index] ?? 0) : highest
    const parts: BarPart[] = []
    let bottom = 0
    for (let place = series - 1; place >= 0; place--) {
      const value = values[place] ?? 0
      if (value <= 0 || whole === 0) continue
      const top = Math.min(100, bottom + Math.max(1, (value / whole) * 100))
      parts.push({ series: place, bottom, top })
      bottom = top
    }
    return parts
  })
}
