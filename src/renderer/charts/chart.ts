/** uPlot with the window's colours. Loaded when the first chart is shown. */
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

export interface Series {
  readonly name: string
  /** A token: `--ok`. */
  readonly colour: string
  readonly values: readonly (number | null | undefined)[]
}

export interface Chart {
  show(times: readonly number[], series: readonly Series[]): void
  fit(): void
  dispose(): void
}

export function openChart(
  box: HTMLElement,
  options: {
    series: readonly Series[]
    stacked: boolean
    /** Each tenfold is one step up. */
    log: boolean
    unit(value: number): string
    sync: string
    onCursor(values: readonly (number | undefined)[]): void
  },
): Chart {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string): string => style.getPropertyValue(name).trim()
  // Opaque, so that what lies behind does not shine through and look like another colour.
  const onSurface = (name: string, part: number): string =>
    `color-mix(in oklab, ${token(name)} ${part * 100}%, ${token('--surface-1')})`
  const font = `10px ${token('--font-mono') || 'monospace'}`
  let raw: (number | undefined)[][] = []

  const chart = new uPlot(
    {
      width: Math.max(80, box.clientWidth),
      height: Math.max(40, box.clientHeight),
      padding: [8, 28, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: false, y: false },
        sync: { key: options.sync },
      },
      hooks: {
        setCursor: [(self) => tell(self.cursor.idx)],
      },
      scales: {
        x: { time: true },
        y: { range: (_self, _low, high) => [0, (high || 1) * 1.1] },
      },
      axes: [
        {
          stroke: token('--text-3'),
          font,
          size: 20,
          gap: 3,
          grid: { show: false },
          ticks: { show: false },
          space: 70,
          // Within three minutes, minutes alone would repeat themselves.
          values: (_self, splits) => {
            const short = (splits.at(-1) ?? 0) - (splits[0] ?? 0) >= 180
            return splits.map((at) => new Date(at * 1000).toTimeString().slice(0, short ? 5 : 8))
          },
        },
        {
          stroke: token('--text-3'),
          font,
          size: 44,
          gap: 4,
          space: 26,
          grid: { stroke: onSurface('--line', 0.7), width: 1 },
          ticks: { show: false },
          splits: options.log ? (_self, _axis, _low, high) => tens(high) : undefined,
          values: (_self, splits) => splits.map((value) => options.unit(options.log ? unlog(value) : value)),
        },
      ],
      series: [
        {},
        ...options.series.map(({ name, colour }) => ({
          label: name,
          stroke: token(colour),
          width: options.stacked ? 1 : 1.5,
          points: { show: false },
          spanGaps: true,
          ...(options.stacked && { fill: onSurface(colour, 0.4) }),
        })),
      ],
    },
    [[], ...options.series.map(() => [])],
    box,
  )

  function tell(index: number | null | undefined): void {
    options.onCursor(
      raw.map((values) => (index === null || index === undefined ? values.at(-1) : values[index])),
    )
  }

  return {
    show(times, series) {
      raw = series.map(({ values }) => values.map((value) => value ?? undefined))
      const drawn = options.stacked
        ? stack(series)
        : series.map(({ values }) => values.map((value) => (options.log ? log(value) : value)))
      chart.setData([times.map((at) => at / 1000), ...drawn])
      tell(chart.cursor.idx)
    },
    fit() {
      chart.setSize({ width: Math.max(80, box.clientWidth), height: Math.max(40, box.clientHeight) })
    },
    dispose() {
      chart.destroy()
    },
  }
}

/** 0 stays 0: a logarithm of one more. */
function log(value: number | null | undefined): number | null | undefined {
  return typeof value === 'number' ? Math.log10(1 + value) : value
}

function unlog(value: number): number {
  return Math.round(10 ** value) <= 1 ? 0 : 10 ** value
}

function tens(high: number): number[] {
  return Array.from({ length: Math.floor(high) + 1 }, (_none, power) => power)
}

/** Each series on top of those behind it; the first is drawn on top of all. */
function stack(series: readonly Series[]): number[][] {
  const length = series[0]?.values.length ?? 0
  const sums = new Array<number>(length).fill(0)
  const stacked = [...series].reverse().map(({ values }) =>
    sums.map((_sum, index) => {
      sums[index] = (sums[index] ?? 0) + (values[index] ?? 0)
      return sums[index] ?? 0
    }),
  )
  return stacked.reverse()
}
