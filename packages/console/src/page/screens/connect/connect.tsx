import type { ConsoleInfo } from "@kreuz/admin/contract";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { usableMethods } from "../../api/login.js";
import { Choice } from "../../parts/choice.js";
import { useApp } from "../../parts/context.js";
import { Field } from "../../parts/field.js";
import { State } from "../../parts/state.js";

const NAMES: Readonly<Record<string, string>> = {
  anonymous: "Without a name",
  cryptosign: "Key (cryptosign)",
  ticket: "Ticket",
  wampcra: "Secret (WAMP-CRA)",
  "wamp-scram": "Password (SCRAM)",
};

const NAME = {
  class: "input",
  autocomplete: "username",
  autocapitalize: "off",
  spellcheck: false,
  required: true,
} as const;
const SECRET = { class: "input", type: "password", autocomplete: "current-password", required: true } as const;

/** Logs in by the router's own methods. The secret is kept in memory alone, for when the connection is lost. */
export function Connect(): JSX.Element {
  const { access } = useApp();
  const state = access.state.value;
  const info = "info" in state ? state.info : undefined;
  return (
    <main class="connect">
      <div class="connect-box">
        <p class="connect-brand">
          <img src="icon.svg" alt="" width="40" height="40" />
          Kreuz console
        </p>
        {state.phase === "out" && info === undefined ? (
          <State title="The router does not answer">
            <p>{state.problem}</p>
            <button type="button" class="button button-main" onClick={() => location.reload()}>
              Try again
            </button>
          </State>
        ) : (
          <LoginForm />
        )}
      </div>
    </main>
  );
}

function LoginForm(): JSX.Element {
  const { access } = useApp();
  const state = access.state.value;
  const [authid, setAuthid] = useState("");
  const [secret, setSecret] = useState("");
  const [chosen, setChosen] = useState("");
  const name = useRef<HTMLInputElement>(null);
  if (state.phase === "loading" || state.phase === "in") return <p class="muted">Connecting…</p>;
  const { info } = state;
  const methods = info === undefined ? [] : usableMethods(info);
  const isBusy = state.phase === "connecting";
  const isAnonymous = (chosen === "" ? methods.join() : chosen) === "anonymous";
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    // The page keeps it for the next login in this tab; the field does not.
    setSecret("");
    await access.signIn({ authid, secret: () => secret }, chosen === "" ? undefined : chosen);
    name.current?.focus();
  };
  return (
    <form class="connect-form" onSubmit={(event) => void submit(event)}>
      <h1>Log in to {location.host}</h1>
      <p class="connect-problem" role="alert">
        {state.phase === "out" && state.problem}
      </p>
      {!isAnonymous && (
        <>
          <Field label="Name">
            <input {...NAME} ref={name} value={authid} onInput={(event) => setAuthid(event.currentTarget.value)} />
          </Field>
          <Field label="Secret" help={chosen === "cryptosign" ? "The seed of the key: 64 hex digits." : undefined}>
            <input {...SECRET} value={secret} onInput={(event) => setSecret(event.currentTarget.value)} />
          </Field>
        </>
      )}
      {methods.length > 1 && (
        <Field label="Method">
          <Choice
            label="Method"
            value={chosen}
            options={[
              ["", "Whatever the router asks for"],
              ...methods.map((each) => [each, NAMES[each] ?? each] as const),
            ]}
            onChange={setChosen}
          />
        </Field>
      )}
      <button type="submit" class="button button-main" disabled={isBusy || methods.length === 0}>
        {isBusy ? "Logging in…" : "Log in"}
      </button>
      <p class="muted">{hintOf(info, methods)}</p>
    </form>
  );
}

function hintOf(info: ConsoleInfo | undefined, methods: readonly string[]): string {
  if (methods.length === 0)
    return "The router offers no method that this page knows. Add users with a ticket or a password to admin.auth in its config.";
  if (info?.development === true) return "This is a development start: the router has printed a link that logs you in.";
  return "Users are those of admin.auth in the router’s config. Nothing is stored.";
}
