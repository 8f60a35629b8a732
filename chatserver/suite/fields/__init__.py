"""字段: the words with which a workspace describes its service: tags 标签 and form templates 动态表单."""
