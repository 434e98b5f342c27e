import type { Component } from 'vue'

/** One line of a menu. */
export interface MenuEntry {
  readonly text: string
  readonly icon?: Component
  readonly danger?: boolean
  readonly disabled?: boolean
  readonly shortcut?: string
  run(): void
}
