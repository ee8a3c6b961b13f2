import type { Router } from "@kreuz/router";

/**
 * What the router is doing. `draining`: it takes no new clients, and those it has are sent away. `drained`: nobody is left, and
 * it waits for the signal that stops it.
 */
export type State = "starting" | "ready" | "draining" | "drained" | "stopping";

/** Whether clients can be sent here, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  /** The state, or what keeps plugins from their work; empty when ready. */
  readonly because: readonly string[];
}

/** Where the router is in its life, as load balancers and orchestrators are told. */
export class Lifecycle {
  state: State = "starting";
  /** Known once the router exists. */
  router: Pick<Router, "health"> | undefined;

  /** Ready when all realms and transports are open, and every plugin does its work. */
  get readiness(): Readiness {
    if (this.state !== "ready") return { ready: false, because: [this.state] };
    const problems = this.router?.health ?? [];
    return {
      ready: problems.length === 0,
      because: problems.map(
        ({ realm, plugin, reason }) => `${plugin}${realm === undefined ? "" : ` in ${realm}`}: ${reason}`,
      ),
    };
  }
}
