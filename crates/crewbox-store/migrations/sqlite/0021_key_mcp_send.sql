-- Whether an agent that uses the key over MCP may send; otherwise it writes drafts.
ALTER TABLE api_key ADD COLUMN mcp_send INTEGER NOT NULL DEFAULT 0;
