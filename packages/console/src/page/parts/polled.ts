import { useEffect, useState } from "preact/hooks";
import { problemOf } from "../api/problem.js";
import { useApp } from "./context.js";
import { useInterval } from "./hooks.js";

/** Something that is asked for once a second. `problem`: the last answer was an error; nobody asks again by itself. */
export interface Polled<Value> {
  readonly value: Value | undefined;
  readonly problem: string | undefined;
  readonly reload: () => Promise<void>;
}

/** @param key - different for each thing that is asked for. */
export function usePolled<Value>(key: string, ask: () => Promise<Value>): Polled<Value> {
  const { access } = useApp();
  const [value, setValue] = useState<Value>();
  const [problem, setProblem] = useState<string>();
  const reload = async (): Promise<void> => {
    if (access.lost.value !== undefined) return;
    try {
      setValue(await ask());
      setProblem(undefined);
    } catch (error) {
      // An answer that the lost connection took away says nothing about what was asked for.
      if (access.lost.value === undefined) setProblem(problemOf(error));
    }
  };
  useEffect(() => void reload(), [key]);
  useInterval(1000, () => {
    if (problem === undefined) void reload();
  });
  return { value, problem, reload };
}
