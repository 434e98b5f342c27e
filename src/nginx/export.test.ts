import { expect, test } from 'vitest'
import { exportNginx } from './export.ts'
import { importNginx } from './import.ts'

test('the first line says who wrote the file and when', () => {
  expect(exportNginx({ daemon: false }, { date: new Date('2026-03-04T23:59:59Z') }))
    .toBe(`# Written by Sluicegate on 2026-03-04.

daemon off;

events {}
`)
})

test('the first line does not come back when the file is imported', () => {
  const config = { daemon: false, comments: { daemon: 'in front', '}': 'at the end' }, events: {} }
  const text = exportNginx(config, { date: new Date(0) })
  expect(importNginx([{ name: 'f', text }], 'f').config).toEqual(config)
})

test('without a date there is no first line', () => {
  expect(exportNginx({ events: {}, http: {} })).toBe('events {}\n\nhttp {}\n')
})
