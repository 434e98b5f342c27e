import type { InjectionKey } from 'vue'

/** Whether a page stands in the window's frame, whose top line takes its title and actions. */
export const inFrame: InjectionKey<boolean> = Symbol('in-frame')

/** Opens the dialog that makes a route. */
export const openNewRoute: InjectionKey<() => void> = Symbol('open-new-route')
