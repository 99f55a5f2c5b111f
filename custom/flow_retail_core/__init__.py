"""The hand-written runtime under the generated package `flow_retail_client`.

Import from `flow_retail_client`; what stands here is reachable but promised only through that package.
"""
