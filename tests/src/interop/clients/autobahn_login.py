"""Logs in with Autobahn|Python, once, and prints what WELCOME or ABORT said as one line of JSON.

The argument is JSON: url, realm, and authentication as Autobahn's components take it.
"""

import asyncio
import json
import sys

from autobahn.asyncio.wamp import ApplicationSession, ApplicationRunner
from autobahn.wamp.auth import create_authenticator


def main():
    login = json.loads(sys.argv[1])
    outcome = {}

    class Login(ApplicationSession):
        def onConnect(self):
            self.methods = {
                name: create_authenticator(name, **settings) for name, settings in login["authentication"].items()
            }
            first = next(iter(self.methods.values()))
            self.join(
                login["realm"],
                authmethods=list(self.methods),
                authid=first._args.get("authid"),
                authextra=first.authextra,
            )

        def onChallenge(self, challenge):
            signature = self.methods[challenge.method].on_challenge(self, challenge)
            return signature.decode("ascii") if isinstance(signature, bytes) else signature

        def onWelcome(self, welcome):
            return self.methods[welcome.authmethod].on_welcome(self, welcome.authextra)

        def onJoin(self, details):
            outcome.update(
                authid=details.authid,
                authrole=details.authrole,
                authmethod=details.authmethod,
                authprovider=details.authprovider,
            )
            self.leave()

        def onLeave(self, details):
            if not outcome:
                outcome.update(abort=details.reason)
            self.disconnect()

        def onDisconnect(self):
            asyncio.get_event_loop().stop()

    runner = ApplicationRunner(login["url"], login["realm"])
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(runner.run(Login, start_loop=False))
    loop.run_forever()
    print(json.dumps(outcome))


main()
