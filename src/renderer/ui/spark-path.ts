/** The SVG path of a sparkline: the line, and the area beneath it. */

export interface SparkPath {
  readonly line: string
  readonly area: string
}

/** Values from left to right over the whole width; the largest touches the top, 0 lies on the bottom. */
export function sparkPath(values: readonly number[], width: number, height: number): SparkPath {
  if (values.length < 2) return { line: `M0 ${height - 0.75}H${width}`, area: '' }
  const top = Math.max(...values, 1e-9)
  const step = width / (values.length - 1)
  const points = values.map((value, index) => {
    const y = height - 0.75 - (Math.max(0, value) / top) * (height - 2)
    return `${round(index * step)} ${round(y)}`
  })
  const line = `M${points.join('L')}`
  return { line, area: `${line}V${height}H0Z` }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
