import type { Match } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { Choice } from "../../parts/choice.js";
import { useDesk } from "../../parts/context.js";
import { useKeys } from "../../parts/hooks.js";

const MATCHES: readonly Match[] = ["exact", "prefix", "wildcard"];
const RATES = ["1", "5", "20", "50", "100"].map((rate) => [rate, `${rate} / s`] as const);

const EXAMPLES = { exact: "com.example.news", prefix: "com.example.", wildcard: "com..news" };

/** Says what to listen to, and starts or stops it. */
export function TailForm(): JSX.Element {
  const { workspace, realm, navigation } = useDesk();
  const { tail } = workspace;
  const { query } = navigation.route.value;
  const state = tail.state.value;
  const last = state.phase === "idle" ? undefined : state.target;
  const [topic, setTopic] = useState(query["topic"] ?? last?.topic ?? "");
  const [match, setMatch] = useState<Match>(MATCHES.find((each) => each === query["match"]) ?? last?.match ?? "exact");
  const [rate, setRate] = useState(String(last?.perSecond ?? 20));
  const input = useRef<HTMLInputElement>(null);
  const runs = state.phase === "running" || state.phase === "starting";
  const pause = (): void => tail.log.pause(!tail.log.paused.value);
  useKeys([
    { key: "/", label: "Choose a topic", run: () => input.current?.focus() },
    { key: "p", label: "Pause or go on", run: pause },
  ]);
  const submit = (event: Event): void => {
    event.preventDefault();
    void (runs ? tail.stop() : tail.start({ realm, topic, match, perSecond: Number(rate) }));
  };
  return (
    <form class="bar grow" onSubmit={submit}>
      <input
        ref={input}
        class="input search mono"
        aria-label="Topic"
        placeholder={EXAMPLES[match]}
        required={match !== "prefix"}
        disabled={runs}
        spellcheck={false}
        value={topic}
        onInput={(event) => setTopic(event.currentTarget.value)}
      />
      <Choice label="Match policy" disabled={runs} value={match} options={MATCHES} onChange={setMatch} />
      <Choice label="Events a second" disabled={runs} value={rate} options={RATES} onChange={setRate} />
      <button type="submit" class={`button ${runs ? "" : "button-main"}`}>
        {runs ? "Stop" : "Start"}
      </button>
      <button type="button" class="button" aria-pressed={tail.log.paused.value} disabled={!runs} onClick={pause}>
        {tail.log.paused.value ? "Go on" : "Pause"}
      </button>
      <button type="button" class="button button-quiet" onClick={() => tail.clear()}>
        Clear
      </button>
    </form>
  );
}
