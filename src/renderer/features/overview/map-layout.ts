/** Where the boxes of the map stand, and the curves between them. Pure arithmetic: no measuring in the page. */
import type { Column, MapEdge, MapModel, MapNode } from './map-model.ts'

export interface Box {
  readonly node: MapNode
  readonly x: number
  /** The middle. */
  readonly y: number
  readonly width: number
}

export interface Layout {
  readonly boxes: ReadonlyMap<string, Box>
  readonly height: number
  readonly width: number
}

/** One box with the space around it, in pixels. */
export const rowHeight = 38
export const boxHeight = 30
const padding = 14

/** What each column asks for; the rest of the width becomes the gaps, where the water flows. */
const widths: Readonly<Record<Column, number>> = { 0: 126, 1: 204, 2: 206, 3: 124, 4: 194 }
const leastGap = 42
const mostGap = 150

/**
 * Locations set the rhythm, in the order of the configuration. What leads to them stands in the middle of
 * what it leads to; upstreams and peers in the middle of what leads to them, pushed apart where they meet.
 */
export function layoutMap(model: MapModel, available: number): Layout {
  const used = ([0, 1, 2, 3, 4] as const).filter((column) =>
    model.nodes.some((node) => node.column === column),
  )
  const boxesWide = used.reduce<number>((sum, column) => sum + widths[column], 0)
  const gaps = Math.max(1, used.length - 1)
  const gap = Math.max(leastGap, Math.min(mostGap, (available - 2 * padding - boxesWide) / gaps))
  const left = new Map<Column, number>()
  let x = padding
  for (const column of used) {
    left.set(column, x)
    x += widths[column] + gap
  }

  const middle = new Map<string, number>()
  placeRoutes(model, middle)
  placeByNeighbours(model, middle, 0, (edge) => [edge.from, edge.to])
  placeByNeighbours(model, middle, 3, (edge) => [edge.to, edge.from])
  placeByNeighbours(model, middle, 4, (edge) => [edge.to, edge.from])

  const boxes = new Map<string, Box>()
  let bottom = 0
  for (const node of model.nodes) {
    const y = (middle.get(node.id) ?? 0) + padding
    bottom = Math.max(bottom, y)
    boxes.set(node.id, { node, x: left.get(node.column) ?? 0, y, width: widths[node.column] })
  }
  return { boxes, height: bottom + rowHeight / 2 + padding, width: Math.max(2 * padding, x - gap + padding) }
}

/** Servers with their locations beneath each other; a server without any takes a row itself. */
function placeRoutes({ nodes, edges }: MapModel, middle: Map<string, number>): void {
  const children = new Map<string, string[]>()
  const column = new Map(nodes.map((node) => [node.id, node.column]))
  for (const { from, to } of edges)
    if (column.get(from) === 1 && column.get(to) === 2)
      children.set(from, [...(children.get(from) ?? []), to])
  let y = rowHeight / 2
  for (const server of nodes.filter((node) => node.column === 1)) {
    const own = children.get(server.id) ?? []
    const first = y
    for (const id of own) {
      middle.set(id, y)
      y += rowHeight
    }
    middle.set(server.id, own.length === 0 ? y : (first + y - rowHeight) / 2)
    // A little more air between servers than between locations.
    y += own.length === 0 ? rowHeight : rowHeight / 3
  }
}

/** Puts a column's boxes at the mean of their neighbours, in that order, not overlapping. */
function placeByNeighbours(
  { nodes, edges }: MapModel,
  middle: Map<string, number>,
  column: Column,
  ends: (edge: MapEdge) => [own: string, other: string],
): void {
  const wanted = nodes
    .filter((node) => node.column === column)
    .map((node) => {
      const around = edges.flatMap((edge) => {
        const [own, other] = ends(edge)
        const y = own === node.id ? middle.get(other) : undefined
        return y === undefined ? [] : [y]
      })
      const mean = around.length === 0 ? 0 : around.reduce((sum, y) => sum + y, 0) / around.length
      return { id: node.id, y: mean }
    })
    .sort((a, b) => a.y - b.y)
  for (const [id, y] of spread(wanted)) middle.set(id, y)
}

/** Pushes boxes apart, down and then up again, so that a group stays around where it wants to be. */
function spread(wanted: readonly { id: string; y: number }[]): [string, number][] {
  interface Group {
    ids: string[]
    mean: number
  }
  const groups: Group[] = []
  const top = (group: Group): number => group.mean - ((group.ids.length - 1) * rowHeight) / 2
  const end = (group: Group): number => group.mean + ((group.ids.length - 1) * rowHeight) / 2
  for (const { id, y } of wanted) {
    let group: Group = { ids: [id], mean: Math.max(y, rowHeight / 2) }
    for (let before = groups.at(-1); before && end(before) + rowHeight > top(group); before = groups.at(-1)) {
      groups.pop()
      const count = before.ids.length + group.ids.length
      const mean = (before.mean * before.ids.length + group.mean * group.ids.length) / count
      group = { ids: [...before.ids, ...group.ids], mean }
      // Nothing stands above the top.
      group.mean = Math.max(group.mean, rowHeight / 2 + ((count - 1) * rowHeight) / 2)
    }
    groups.push(group)
  }
  return groups.flatMap((group) =>
    group.ids.map((id, index): [string, number] => [id, top(group) + index * rowHeight]),
  )
}

/** The curve of a channel, from the right side of one box to the left side of another. */
export function channelPath(from: Box, to: Box): string {
  const start = from.x + from.width
  const bend = Math.max(24, (to.x - start) / 2)
  return `M${start} ${from.y}C${start + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`
}

/** The middle of a channel: where what is to be said of it stands. */
export function channelMiddle(from: Box, to: Box): { x: number; y: number } {
  return { x: (from.x + from.width + to.x) / 2, y: (from.y + to.y) / 2 }
}

/** As wide as the square root of the rate: a hundred times the water is ten times as wide. */
export function channelWidth(rate: number): number {
  return rate <= 0 ? 1 : Math.min(16, 1.5 + Math.sqrt(rate) * 1.4)
}
