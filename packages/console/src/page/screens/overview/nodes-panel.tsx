import type { NodeNumbers, Stats } from "@kreuz/admin/contract";
import type { ComponentChildren, JSX } from "preact";
import { bytes, count, latency, NOTHING, percent } from "../../format/numbers.js";
import { duration } from "../../format/times.js";
import { useDesk } from "../../parts/context.js";
import { useNow } from "../../parts/hooks.js";
import { Panel } from "../../parts/panel.js";
import { PlainTable } from "../../parts/plain-table.js";
import { cpuBetween } from "../../stores/sample.js";

/** The nodes of the cluster, and what is to be mended among them; nothing for a router that is alone. */
export function NodesPanel({ stats }: { readonly stats: Stats | undefined }): JSX.Element | null {
  const { workspace } = useDesk();
  const now = useNow();
  const { nodes, unreachable = [], warnings = [] } = workspace.watch.state.value ?? {};
  if (nodes === undefined) return null;
  const { before } = workspace.stats;
  const rows = nodes.map(({ name, ready, because, started, version, host }): ComponentChildren[] => {
    const numbers = of(stats, name);
    const cpu = cpuBetween(of(before, name), numbers);
    return [
      <span title={`Kreuz ${version}, ${host}`}>{name}</span>,
      ready ? <span class="ok">ready</span> : <span class="warn">{because.join(", ")}</span>,
      numbers === undefined ? NOTHING : count(numbers.sessions),
      cpu === null ? NOTHING : percent(cpu, 1),
      numbers === undefined ? NOTHING : latency(numbers.process.eventLoopDelay.p99),
      numbers === undefined ? NOTHING : bytes(numbers.process.memoryBytes),
      duration(now - started),
    ];
  });
  const silent = unreachable.map((name): ComponentChildren[] => [
    name,
    <span class="warn">does not answer</span>,
    ...Array.from({ length: HEADS.length - 2 }, () => NOTHING),
  ]);
  return (
    <Panel title="Nodes">
      <PlainTable heads={HEADS} texts={2} rows={[...rows, ...silent]} />
      {warnings.map((warning) => (
        <p key={warning} class="warn">
          {warning}
        </p>
      ))}
    </Panel>
  );
}

const HEADS = ["Node", "State", "Sessions", "CPU", "Loop p99", "Memory", "Up for"];

function of(stats: Stats | undefined, node: string): NodeNumbers | undefined {
  return stats?.nodes?.find((numbers) => numbers.node === node);
}
