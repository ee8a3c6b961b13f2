@rem The start script says "exec", so that signals reach the router itself. Windows has no such command: here it is.
@%*
