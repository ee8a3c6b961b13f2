@rem The start script uses "exec", so that signals reach the router. This file provides that command on Windows.
@%*
